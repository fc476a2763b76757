from bench.transactions import figures
from bench.transactions.application import Load


def test_a_run_sets_the_gateways_transactions_per_minute_against_those_by_rpc() -> None:
    direct = Load(seconds=60.0, milliseconds=[300.0] * 200)
    gateway = Load(seconds=61.0, milliseconds=[310.0] * 193, retries=2)

    assert figures.run(2, direct, gateway) == {
        "clients": 2,
        "direct_per_minute": 200.0,
        "gateway_per_minute": 189.8,
        "ratio": 0.95,
        "p50_ms": 310.0,
        "p99_ms": 310.0,
        "direct_p50_ms": 300.0,
        "direct_p99_ms": 300.0,
        "transactions": 193,
        "direct_transactions": 200,
        "retries": 2,
    }


def test_percentiles_are_values_that_were_measured() -> None:
    hundred = [float(each) for each in range(100, 0, -1)]

    assert [figures.percentile(hundred, each) for each in (50, 99, 100)] == [50.0, 99.0, 100.0]
    assert [figures.percentile([7.0], each) for each in (1, 50, 99)] == [7.0, 7.0, 7.0]
