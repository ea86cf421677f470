"""The image and the compose file, checked without a container engine."""

import ast
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import yaml

from deploy.kafka import local
from entente.broker import create_topics
from entente.cli import COMMANDS
from entente.errors import BrokerError
from entente.settings import Settings
from entente.topics import ALL
from tests.deploy import image
from tests.deploy.commands import COMPOSE, COMPOSE_FILE, DEPLOY, ROOT, SERVICES, STAGES, run
from tests.services.missing import missing
from tests.services.wait import wait_until

PACKAGES = ("entente", "ingest", "processors", "sinks")

# The image


def test_hadolint_finds_nothing_in_the_dockerfile() -> None:
    run("hadolint", "Dockerfile")


def test_the_image_holds_all_that_the_program_and_its_stages_need(tmp_path: Path) -> None:
    """COPY is replayed with .dockerignore; the packages and their data come from there, not from this checkout."""
    image.replay(tmp_path)
    stages = "import ingest.stage, processors.stage, sinks.stage, entente.cli as cli; print(cli.__file__)"
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path)}
    assert str(tmp_path) in run("python", "-c", stages, folder=tmp_path, environ=environ)
    run("python", "-m", "entente.cli", "check", folder=tmp_path, environ=environ)
    data = {
        path.relative_to(ROOT)
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and path.suffix != ".pyc" and "training" not in path.parts
    }
    assert data - {path.relative_to(tmp_path) for path in tmp_path.rglob("*")} == set()


def imported(package: str) -> set[str]:
    """The top-level modules that a package's source imports, as far as the image holds it."""
    names: set[str] = set()
    for path in (path for path in image.taken(ROOT / package) if path.suffix == ".py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module)
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("package", PACKAGES)
def test_the_image_installs_every_package_that_the_program_imports(package: str) -> None:
    """What happens to be installed here besides is not in the image."""
    constraints = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    installed = set(re.findall(r"^([\w.-]+)==", constraints, re.MULTILINE))
    distributions = importlib.metadata.packages_distributions()
    for module in imported(package) - set(sys.stdlib_module_names) - set(PACKAGES):
        named = {re.sub(r"[-_.]+", "-", name).lower() for name in distributions.get(module, [module])}
        assert named & installed, f"{module} is of {named}, which constraints.txt does not have"


def test_the_image_takes_nothing_but_the_program() -> None:
    kept_out = (".git/config", "data/log.db", "deploy/compose/secrets/database", ".venv/bin/python", "tests/x.py")
    for path in (*kept_out, "processors/training/network.py", "processors/training/corpus/lo/articles.jsonl"):
        assert image.ignored(path, image.patterns()), path


def test_the_image_runs_as_nobody_in_particular_and_keeps_its_data_in_a_volume() -> None:
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", image.last("USER").arguments)
    assert image.last("VOLUME").words == ["/app/data"]
    assert image.last("WORKDIR").words == ["/app"]


# The compose file


def test_the_compose_file_is_of_the_compose_specification() -> None:
    run("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE_FILE))


def test_docker_compose_accepts_the_compose_file(tmp_path: Path) -> None:
    """Debian's docker-compose resolves anchors, mounts and dependencies; it does not know the key `name`."""
    plain = tmp_path / "compose.yaml"
    plain.write_text(yaml.safe_dump({key: value for key, value in COMPOSE.items() if key != "name"}), encoding="utf-8")
    run("docker-compose", "-f", str(plain), "--project-directory", str(COMPOSE_FILE.parent), "config", "-q")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_waits_for_health_only_where_health_is_checked(service: str) -> None:
    waits = SERVICES[service].get("depends_on", {})
    for other, how in waits.items() if isinstance(waits, dict) else ():
        assert how["condition"] == "service_healthy"
        assert "healthcheck" in SERVICES[other]


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_is_published_on_this_machine_only(service: str) -> None:
    assert all(port.startswith("127.0.0.1:") for port in SERVICES[service].get("ports", ()))


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_gets_its_passwords_as_files(service: str) -> None:
    environ = SERVICES[service].get("environment", {})
    secrets = {name: value for name, value in environ.items() if re.search("PASS|DATABASE|SECRET|TOKEN", name)}
    given = {f"/run/secrets/{name}" for name in SERVICES[service].get("secrets", ())}
    assert all(name.endswith("_FILE") for name in secrets)
    assert set(secrets.values()) == given


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_service_mounts_from_this_tree_exists_and_is_read_only(service: str) -> None:
    for mount in SERVICES[service].get("volumes", ()):
        source, _, rest = mount.partition(":")
        if source.startswith("."):
            assert (COMPOSE_FILE.parent / source).exists(), mount
            assert rest.endswith(":ro"), mount
        else:
            assert source in COMPOSE["volumes"]


@pytest.mark.parametrize("service", [name for name in SERVICES if name not in STAGES])
def test_an_image_of_others_has_a_version(service: str) -> None:
    assert re.search(r":v?\d+[\w.-]*$", SERVICES[service]["image"])


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_is_a_command_with_settings_that_exist(stage: str) -> None:
    assert SERVICES[stage]["command"][0] in COMMANDS
    settings = {name: value or "" for name, value in SERVICES[stage]["environment"].items()}
    assert set(settings) <= {
        f"ENTENTE_{name.upper()}{end}" for name in Settings.__dataclass_fields__ for end in ("", "_FILE")
    }
    assert Settings.from_env({"ENTENTE_BROKER": settings["ENTENTE_BROKER"]}).broker == "kafka://kafka:9092"


def test_the_example_of_settings_names_those_that_the_compose_file_passes_on() -> None:
    text = (COMPOSE_FILE.parent / ".env.example").read_text(encoding="utf-8")
    example = dict(re.findall(r"^(\w+)=(.*)$", text, re.MULTILINE))
    passed = {n for stage in STAGES for n, value in SERVICES[stage]["environment"].items() if value is None}
    assert set(example) == passed
    assert Settings.from_env(example).demo is False


def test_the_broker_is_the_version_that_is_tested() -> None:
    tested = re.search(r"kafka_2.13</artifactId>\s*<version>([\d.]+)<", (DEPLOY / "kafka/pom.xml").read_text())
    assert tested
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{tested[1]}"


@pytest.mark.kafka
def test_the_broker_of_the_compose_file_starts_and_takes_our_topics(tmp_path: Path) -> None:
    """Its settings, as the image makes them of the environment, in the same Kafka without a container."""
    if not local.brought():
        missing("Apache Kafka", "run `make kafka`")
    port, controller = local.free_port(), local.free_port()
    environ = SERVICES["kafka"]["environment"]
    places = {"//kafka:": "//127.0.0.1:", "@kafka:": "@127.0.0.1:", "//:": "//127.0.0.1:"}
    places |= {"9092": str(port), "9093": str(controller), "/var/lib/kafka/data": str(tmp_path / "data")}
    lines = []
    for name, value in environ.items():
        text = str(value)
        for place, ours in places.items():
            text = text.replace(place, ours)
        if name.startswith("KAFKA_"):
            lines.append(f"{name.removeprefix('KAFKA_').lower().replace('_', '.')}={text}")
    settings = tmp_path / "server.properties"
    settings.write_text("\n".join(lines), encoding="utf-8")
    java = ["java", "-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", f"{local.LIBS}/*"]
    run(*java, "kafka.tools.StorageTool", "format", "-t", environ["CLUSTER_ID"], "-c", str(settings))
    with (tmp_path / "log").open("wb") as log:
        broker = subprocess.Popen([*java, "kafka.Kafka", str(settings)], stdout=log, stderr=log)

    def takes_topics() -> bool:
        assert broker.poll() is None, (tmp_path / "log").read_text()[-2000:]
        with suppress(BrokerError):
            create_topics(f"kafka://127.0.0.1:{port}", ALL)
            return True
        return False

    try:
        wait_until(takes_topics, f"topics can be created; see {tmp_path / 'log'}", timeout=40)
    finally:
        broker.kill()
        broker.wait()


def test_secrets_are_made_up_once_and_only_their_owner_gets_to_them(tmp_path: Path) -> None:
    script = str(shutil.copy(COMPOSE_FILE.parent / "make-secrets.sh", tmp_path))
    run("sh", script, folder=tmp_path)
    made = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}
    assert set(made) == set(COMPOSE["secrets"])
    assert {entry["file"] for entry in COMPOSE["secrets"].values()} == {f"secrets/{name}" for name in made}
    assert made["database"] == f"postgresql://entente:{made['postgres_password']}@postgres/entente"
    assert len(made["grafana_password"]) >= 40
    assert made["grafana_password"] != made["postgres_password"]
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert all((tmp_path / "secrets" / name).stat().st_mode & 0o777 == 0o644 for name in made)
    run("sh", script, folder=tmp_path)
    assert made == {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}


def test_git_never_sees_the_secrets() -> None:
    run("git", "check-ignore", "deploy/compose/secrets/database", "deploy/compose/.env")
