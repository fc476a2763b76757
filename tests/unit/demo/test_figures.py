"""What is said of the network by its metrics, its page and its vaults."""

import json

from local.demo.figures import Counts, Figure, per_minute
from local.demo.report import Report


def test_transactions_are_compared_over_the_same_span() -> None:
    figure = per_minute(Counts(1000.0, 70, 5), Counts(1090.0, 100, 35), 30)

    assert figure == Figure(20, 20, 20)
    assert figure.agrees


def test_a_source_that_missed_one_does_not_agree() -> None:
    assert not per_minute(Counts(1000.0, 70, 5), Counts(1090.0, 99, 35), 30).agrees
    assert not per_minute(Counts(1000.0, 70, 5), Counts(1090.0, 100, 36), 30).agrees


def test_a_report_without_figures_does_not_agree() -> None:
    report = Report()
    assert not report.sources_agree
    report.members = report.available_nodes = report.transactions_per_minute = Figure(1, 1, 1)
    assert report.sources_agree
    report.members = Figure(1, 1, 2)
    assert not report.sources_agree
    assert json.loads(json.dumps(report.document()))["members"] == {"metrics": 1, "page": 1, "counted": 2}
