import pytest

from bench.network_map.load import parse
from local.console import LocalError

REPORT = """\
Running 5s test @ http://127.0.0.1:20276/network-map
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency   287.94ms  454.86ms   1.70s    81.73%
    Req/Sec     2.13k   723.94     2.82k    86.36%
  Latency Distribution
     50%   14.37ms
     75%  485.91ms
     90%    1.08s 
     99%    {p99}
  5269 requests in 5.09s, 3.65GB read
{wrong}Requests/sec:   1034.58
Transfer/sec:    733.52MB
"""  # noqa: W291 - as wrk prints it


@pytest.mark.parametrize(("printed", "milliseconds"), [("950.00us", 0.95), ("14.37ms", 14.37), ("1.64s ", 1640.0)])
def test_what_wrk_prints_is_read_with_its_units(printed: str, milliseconds: float) -> None:
    load = parse(REPORT.format(p99=printed, wrong=""))

    assert (load.requests, load.per_second) == (5269, 1034.58)
    assert load.p99_ms == pytest.approx(milliseconds)


@pytest.mark.parametrize(
    "wrong",
    ["  Socket errors: connect 0, read 3, write 0, timeout 0\n", "  Non-2xx or 3xx responses: 17\n"],
)
def test_a_load_with_failed_requests_measures_nothing(wrong: str) -> None:
    with pytest.raises(LocalError, match="did not get all its answers"):
        parse(REPORT.format(p99="1.64s ", wrong=wrong))
