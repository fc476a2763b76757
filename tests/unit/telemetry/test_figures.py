"""Which of Prometheus' figures are sent, and as what."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from corda_operator.telemetry.figures import Figure, Point, figures


def test_a_gauge_is_sent_under_its_name_with_its_labels() -> None:
    registry = CollectorRegistry()
    members = Gauge("corda_network_members", "Members", ["state"], registry=registry)
    members.labels("admitted").set(3)
    members.labels("listed").set(2)

    assert figures(registry.collect()) == (
        Figure(
            name="corda_network_members",
            description="Members",
            unit="{member}",
            counted=False,
            points=(Point({"state": "admitted"}, 3), Point({"state": "listed"}, 2)),
        ),
    )


def test_a_counter_is_sent_as_its_total_and_not_with_the_time_of_its_making() -> None:
    registry = CollectorRegistry()
    commits = Counter("corda_network_commits", "Blocks", ["result"], registry=registry)
    commits.labels("written").inc(7)

    (figure,) = figures(registry.collect())

    assert (figure.name, figure.counted) == ("corda_network_commits_total", True)
    assert figure.points == (Point({"result": "written"}, 7),)


def test_what_is_not_listed_stays_here() -> None:
    registry = CollectorRegistry()
    Histogram("corda_network_request_seconds", "Time", registry=registry).observe(1)
    Gauge("process_open_fds", "Files", registry=registry).set(1)

    assert figures(registry.collect()) == ()


def test_what_is_no_number_and_what_has_no_value_yet_are_left_out() -> None:
    registry = CollectorRegistry()
    Counter("corda_network_requests", "Requests", ["status"], registry=registry)
    members = Gauge("corda_network_members", "Members", ["state"], registry=registry)
    members.labels("admitted").set(float("nan"))
    members.labels("listed").set(float("inf"))

    assert figures(registry.collect()) == ()
