"""One session at the real TOPCAT, through its own windows: connect, look, load a file, match, load the result.

Run by `topcat_test.py` in a process of its own, under a display: ``topcat_session.py ADDRESS CATALOG TABLE FOLDER``.
Prints what a person would have seen as JSON.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jpype

JAR = "/usr/share/java/starlink-topcat.jar"
SECONDS = 90


def main(address: str, catalog: str, table: str, folder: str) -> None:
    jpype.startJVM("-Djava.awt.headless=false", "-Duser.home=" + folder, classpath=[JAR])
    jpype.JClass("uk.ac.starlink.topcat.Driver").main(["-nohub", table])
    control = jpype.JClass("uk.ac.starlink.topcat.ControlWindow").getInstance()
    tables = control.getTablesListModel()
    wait("the table is loaded", lambda: tables.getSize() == 1)

    kind = jpype.JClass("uk.ac.starlink.topcat.TopcatTapTableLoadDialog")
    window = control.getLoadWindow()
    dialog = window.getKnownDialog(kind.class_)
    action = window.getDialogAction(kind.class_)
    on_events(lambda: action.actionPerformed(clicked(window)))
    on_events(lambda: private(dialog, "urlField_").setText(address))
    click("Use Service")
    panel = wait("the service is there", lambda: private(dialog, "tqPanel_"))
    metadata = private(panel, "tmetaPanel_")
    # There is no registry of services to be reached from a test.
    dismiss()
    schemas = wait("the tables are listed", lambda: list(metadata.getSchemas() or ()))
    listed = [str(each.getName()) for schema in schemas for each in schema.getTables() or ()]
    choose(private(metadata, "tTree_"), catalog)
    columns = wait("the columns are shown", lambda: private(metadata, "colTable_").getRowCount())
    capture(folder, "topcat-tables")

    # Examples are made for the table that is chosen, which a person chooses when its columns are there.
    join = wait("there is an example", lambda: example(panel, "Upload Join"))
    dismiss()
    on_events(join.doClick)
    adql = wait("the example is there", lambda: str(panel.getAdql() or ""))
    model = private(dialog, "runModeModel_")
    modes = [model.getElementAt(number) for number in range(model.getSize())]
    on_events(lambda: model.setSelectedItem(next(mode for mode in modes if str(mode).lower().startswith("async"))))
    capture(folder, "topcat-query")
    on_events(lambda: dialog.getSubmitAction().actionPerformed(clicked(window)))
    wait("the result is loaded", lambda: tables.getSize() == 2)
    result = tables.getElementAt(1).getDataModel()
    names = [str(result.getColumnInfo(number).getName()) for number in range(result.getColumnCount())]
    on_events(lambda: control.setVisible(True))
    on_events(control.toFront)
    capture(folder, "topcat-result")
    seen = {"tables": listed, "columns": int(columns), "adql": adql, "rows": int(result.getRowCount()), "names": names}
    sys.stdout.write(json.dumps(seen) + "\n")
    sys.stdout.flush()
    # Jobs that it started are deleted when it ends, as when a person closes it.
    jpype.JClass("java.lang.System").exit(0)


def wait(what: str, find: Callable[[], Any]) -> Any:
    """Look until there is something to be seen."""
    deadline = time.monotonic() + SECONDS
    while not (found := find()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"TOPCAT: not seen that {what}; on the screen: {texts()}")
        time.sleep(0.2)
    return found


def on_events(act: Callable[[], object]) -> None:
    """Do something in the thread where Swing expects it."""
    jpype.JClass("javax.swing.SwingUtilities").invokeAndWait(jpype.JProxy("java.lang.Runnable", dict={"run": act}))


def clicked(source: Any) -> Any:
    return jpype.JClass("java.awt.event.ActionEvent")(source, 1001, "click")


def private(owner: Any, name: str) -> Any:
    """A field that no method gives out."""
    kind = owner.getClass()
    while kind is not None:
        for field in kind.getDeclaredFields():
            if field.getName() == name:
                field.setAccessible(True)
                return field.get(owner)
        kind = kind.getSuperclass()
    raise AttributeError(name)


def within(component: Any) -> Iterator[Any]:
    """A component and all that it holds."""
    yield component
    for child in component.getComponents() if hasattr(component, "getComponents") else ():
        yield from within(child)


def windows() -> list[Any]:
    return [each for each in jpype.JClass("java.awt.Window").getWindows() if each.isShowing()]


def texts() -> list[str]:
    """Texts of labels and areas, for whoever reads why it failed."""
    shown = [each for window in windows() for each in within(window) if hasattr(each, "getText") and each.isShowing()]
    return [str(each.getText())[:200] for each in shown if each.getText()]


def click(text: str) -> None:
    """Press the button that says so."""
    parts = [part for window in windows() for part in within(window)]
    button = next(part for part in parts if hasattr(part, "doClick") and str(part.getText()) == text)
    on_events(button.doClick)


def dismiss() -> None:
    """Close a message about something that is not there."""
    for window in windows():
        if window.getClass().getSimpleName() == "JDialog":
            on_events(window.dispose)


def choose(tree: Any, name: str) -> None:
    """Select the leaf of a tree that has this name."""
    for row in range(10_000):
        if row >= tree.getRowCount():
            raise LookupError(f"{name} is not in the tree")
        on_events(lambda row=row: tree.expandRow(row))
        if name in str(tree.getPathForRow(row).getLastPathComponent()):
            on_events(lambda row=row: tree.setSelectionRow(row))
            return


def menu_item(menu: Any, text: str) -> Any:
    """An entry of a menu or of one below it, once it can be chosen."""
    for element in menu.getSubElements():
        if hasattr(element, "getText") and str(element.getText()) == text and element.isEnabled():
            return element
        if found := menu_item(element, text):
            return found
    return None


def example(panel: Any, text: str) -> Any:
    """An entry of the menu of examples, once the chosen table and the loaded one have all that it needs."""
    kind = panel.getClass()
    while kind.getSimpleName() != "TapQueryPanel":
        kind = kind.getSuperclass()
    configure = kind.getDeclaredMethod("configureExamples")
    configure.setAccessible(True)
    on_events(lambda: configure.invoke(panel))
    return menu_item(private(panel, "examplesMenu_"), text)


def capture(folder: str, name: str) -> None:
    """Keep the screen as a picture."""
    screen = jpype.JClass("java.awt.Toolkit").getDefaultToolkit().getScreenSize()
    time.sleep(1)  # Swing paints when it likes
    picture = jpype.JClass("java.awt.Robot")().createScreenCapture(jpype.JClass("java.awt.Rectangle")(screen))
    target = jpype.JClass("java.io.File")(str(Path(folder) / f"{name}.png"))
    jpype.JClass("javax.imageio.ImageIO").write(picture, "png", target)


if __name__ == "__main__":
    main(*sys.argv[1:])
