"""Finds the product of a job with the published client of the PZ Server, and writes its rows as Parquet.

python read_with_pzserver.py API_URL JOB_ID TARGET     # the token in PZ_TOKEN; any PZ Server, also the real one

Runs in an environment of its own (`make .venv-pz/installed`).
"""

import json
import os
import sys

from pzserver import PzServer


def main(url: str, job_id: str, target: str) -> None:
    """Find, fetch, write, and print what the client tells of the product."""
    server = PzServer(token=os.environ["PZ_TOKEN"], host=url)
    found = [product for product in server.get_products_list() if f"[job {job_id}]" in product["display_name"]]
    (product,) = found
    server.get_product(product["id"]).to_pandas().to_parquet(target)
    told = {name: product[name] for name in ("id", "internal_name", "display_name", "product_type_name")}
    sys.stdout.write(f"{json.dumps(told)}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
