"""The operator's file: what it may say, and what is said to whoever gets it wrong."""

import dataclasses
from pathlib import Path

import pytest

from corda_operator.configuration_files import ConfigurationError
from corda_operator.reconcile.desired import Settings
from corda_operator.reconcile.engine.configuration import OperatorConfiguration, load

LEAST = "operatorImage: registry.example.com/operator:1\ncordaImagePattern: registry.example.com/corda:{version}\n"


def loaded(tmp_path: Path, text: str) -> OperatorConfiguration:
    file = tmp_path / "operator.yaml"
    file.write_text(text)
    return load(file)


def test_two_images_are_enough(tmp_path: Path) -> None:
    configuration = loaded(tmp_path, LEAST)
    assert configuration.namespaces == ()
    assert configuration.settings("here").corda_image("4.10") == "registry.example.com/corda:4.10"


def test_plans_are_told_everything_that_they_know_settings_for(tmp_path: Path) -> None:
    text = (
        LEAST + "tenantId: t\ncaConfigMap: ca\nazurePorts: [8443]\nenvironment: {NO_PROXY: x}\nimagePullSecrets: [s]\n"
    )
    text += "monitoringNamespaces: [m]\nclusterDomain: d\nnodePoolLabel: l\nnodePoolTaint: t\nauthorityHost: https://login.example.com\n"
    text += "telemetry: {otlpEndpoint: 'http://collector.monitoring.svc:4318', interval: 30s}\n"
    settings = loaded(tmp_path, text).settings("here")
    plain = Settings("registry.example.com/operator:1", "registry.example.com/corda:{version}", "elsewhere")
    for field in dataclasses.fields(Settings):
        if field.name not in ("operator_image", "corda_image_pattern"):
            assert getattr(settings, field.name) != getattr(plain, field.name), field.name


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not a mapping"),
        ("operatorImage: a\n", "cordaImagePattern"),
        (LEAST.replace("{version}", "4.10"), "cordaImagePattern"),
        (LEAST + "workers: 0\n", "workers"),
        (LEAST + "resyncSeconds: 1\n", "resyncSeconds"),
        (LEAST + "namespaces: [Not_A_Name]\n", "namespaces.0"),
        (LEAST + "telemetry: {interval: 0s}\n", "telemetry.interval"),
        (LEAST + "telemetry: {applicationInsightsSecret: a}\n", "telemetry.applicationInsightsSecret"),
        (LEAST + "misspelt: 1\n", "misspelt"),
    ],
)
def test_every_wrong_field_is_named(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(ConfigurationError, match=told):
        loaded(tmp_path, text)
