"""Reads /metrics with the PyPI package prometheus-client, which refuses what is not in the text format of Prometheus.

Usage: metrics.py URL. Asks for a few things first, so that there is something to count. Prints "N passed, N failed".
"""

import sys
import urllib.error
import urllib.request

from prometheus_client.parser import text_string_to_metric_families

ASKED = ["/health", "/catalog", "/tiles/all/0/0/0.mvt", "/tiles/all/0/0/0.mvt", "/nowhere"]
KINDS = {
    "comarca_http_requests": "counter",
    "comarca_http_request_duration_seconds": "histogram",
    "comarca_tiles": "counter",
    "comarca_tile_seconds": "histogram",
    "comarca_cache_bytes": "gauge",
    "comarca_cache_evictions": "counter",
    "comarca_generation": "gauge",
    "comarca_queue_refused": "counter",
    "comarca_connections_open": "gauge",
    "comarca_warm_up_tiles": "counter",
    "process_start_time_seconds": "gauge",
}


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=60) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        return error.read()


def main(url):
    for path in ASKED:
        fetch(url + path)
    families = list(text_string_to_metric_families(fetch(url + "/metrics").decode()))
    found = {family.name: family for family in families}
    failed = [name for name, kind in KINDS.items() if name not in found or found[name].type != kind]
    if len(found) != len(families):
        failed.append("a family stands twice")
    samples = {(sample.name, *sorted(sample.labels.values())): sample.value for family in families for sample in family.samples}
    failed += [f"{name} is {value}" for name, value in samples.items() if not value >= 0]
    if samples.get(("comarca_http_requests_total", "404", "GET", "other"), 0) < 1:
        failed.append("the request for nothing is not counted")
    for failure in failed:
        print(failure, file=sys.stderr)
    print(f"{len(families) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


sys.exit(main(sys.argv[1].rstrip("/")))
