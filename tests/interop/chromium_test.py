"""A person at a real browser: signs in, submits a match, sees it run, and finds what it gave."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

from service.stack import Stack
from tests.system.sky_files import CATALOG

pytestmark = pytest.mark.slow

SCREENSHOTS = Path("build/screenshots")
"""Kept to be looked at."""
SECONDS = 60


def start_browser(folder: Path, *, runs_scripts: bool = True) -> webdriver.Chrome:
    binary, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if binary is None or driver is None:
        pytest.skip("Chromium is not installed")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1200,900"):
        options.add_argument(argument)
    scripts = 1 if runs_scripts else 2
    options.add_experimental_option(
        "prefs",
        {
            "download.default_directory": str(folder),
            "profile.managed_default_content_settings.javascript": scripts,
        },
    )
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    with start_browser(tmp_path) as browser:
        yield browser
        # A script or style that the policy of a page forbids is told here.
        complaints = [line["message"] for line in browser.get_log("browser") if "favicon" not in line["message"]]
        assert complaints == []


@pytest.fixture
def scriptless(tmp_path: Path) -> Iterator[webdriver.Chrome]:
    with start_browser(tmp_path, runs_scripts=False) as browser:
        yield browser


def keep(browser: webdriver.Chrome, name: str) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    browser.save_screenshot(str(SCREENSHOTS / f"{name}.png"))


def until(browser: webdriver.Chrome, xpath: str) -> WebElement:
    return WebDriverWait(browser, SECONDS).until(lambda it: it.find_element(By.XPATH, xpath))


def follow(browser: webdriver.Chrome, link: str, title: str) -> None:
    """Go on to another page, and wait for it: until then everything that is found belongs to the old one."""
    until(browser, link).click()
    until(browser, f"//h1[text()='{title}']")


def sign_in(browser: webdriver.Chrome, stack: Stack) -> None:
    browser.get(f"{stack.url}/jobs")
    until(browser, "//input[@name='token']").send_keys(stack.connection.token)
    keep(browser, "sign-in")
    follow(browser, "//button[text()='Sign in']", "Your jobs")


def submit(browser: webdriver.Chrome, table: Path, name: str) -> None:
    follow(browser, "//a[text()='New cross-match']", "New cross-match")
    browser.find_element(By.NAME, "table").send_keys(str(table.resolve()))
    Select(browser.find_element(By.NAME, "CATALOG")).select_by_visible_text(CATALOG)
    browser.find_element(By.NAME, "RADIUS").send_keys("1.0")
    browser.find_element(By.NAME, "SPLIT").send_keys("train=0.7,test=0.3")
    browser.find_element(By.NAME, "RUNID").send_keys(name)
    keep(browser, f"form-{name}")
    browser.find_element(By.XPATH, "//button[text()='Submit']").click()


def test_a_person_matches_a_table_without_typing_an_address(
    browser: webdriver.Chrome, stack: Stack, redshift_table: Path, tmp_path: Path
) -> None:
    sign_in(browser, stack)
    submit(browser, redshift_table, "with-scripts")
    # The page goes on by itself.
    until(browser, "//span[text()='COMPLETED']")
    keep(browser, "completed")
    until(browser, "//section[@aria-labelledby='results']//a").click()
    deadline = time.monotonic() + SECONDS
    while not (found := [path for path in tmp_path.iterdir() if path.suffix == ".vot"]):
        assert time.monotonic() < deadline, "nothing was saved"
        time.sleep(0.1)
    assert b"VOTABLE" in found[0].read_bytes()[:2000]
    follow(browser, "//button[starts-with(text(), 'Change')]", "New cross-match")
    assert until(browser, "//input[@name='SPLIT']").get_attribute("value") == "train=0.7,test=0.3"
    follow(browser, "//a[text()='Tokens']", "Tokens for your scripts")
    keep(browser, "tokens")
    follow(browser, "//button[text()='Sign out']", "Signed out")
    browser.get(f"{stack.url}/jobs")
    until(browser, "//input[@name='token']")


def test_all_of_it_works_without_scripts(scriptless: webdriver.Chrome, stack: Stack, redshift_table: Path) -> None:
    sign_in(scriptless, stack)
    submit(scriptless, redshift_table, "without-scripts")
    # The page asks to be shown again every few seconds.
    until(scriptless, "//span[text()='COMPLETED']")
    follow(scriptless, "//a[text()='Jobs']", "Your jobs")
    until(scriptless, "//a[text()='without-scripts']")
    keep(scriptless, "jobs")


def test_what_is_wrong_is_said_on_the_page_of_the_job(browser: webdriver.Chrome, stack: Stack, tmp_path: Path) -> None:
    table = tmp_path / "no-coordinates.csv"
    table.write_text("name,z\na,0.5\n")
    sign_in(browser, stack)
    submit(browser, table, "mistaken")
    problem = until(browser, "//section[@aria-labelledby='error']//li")
    keep(browser, "problem")
    assert "ra" in problem.text.lower()
