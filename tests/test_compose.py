"""docker-compose.yml and what it mounts, checked without an engine. Images are not built here."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

ROOT = Path(__file__).resolve().parent.parent


def compose(*words: str) -> subprocess.CompletedProcess[str]:
    tool = Path(sys.executable).with_name("docker-compose")
    command = [str(tool), "-f", "docker-compose.yml", "--env-file", ".env.example", *words]
    # Only the example's values: a developer's own variables would hide a missing one.
    environ = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=environ)


def test_compose_accepts_the_file():
    checked = compose("config", "-q")
    assert checked.returncode == 0, checked.stderr


def test_every_service_starts_after_what_it_needs():
    import json

    services = json.loads(compose("config", "--format", "json").stdout)["services"]
    assert set(services) == {"migrate", "web", "worker", "store-worker", "beat", "postgres", "valkey", "s3"}
    parts = ("web", "worker", "store-worker", "beat")
    for name in parts:
        needs = services[name]["depends_on"]
        assert needs["migrate"]["condition"] == "service_completed_successfully"
        assert {needs[part]["condition"] for part in ("postgres", "valkey", "s3")} == {"service_healthy"}
    assert "aftersales_owner" in services["migrate"]["environment"]["DATABASE_URL"]
    assert all("aftersales_app" in services[name]["environment"]["DATABASE_URL"] for name in parts)
    assert services["postgres"]["volumes"][0]["target"] == "/var/lib/postgresql"


def test_the_scanner_comes_with_its_profile_only():
    import json

    services = json.loads(compose("--profile", "clamav", "config", "--format", "json").stdout)["services"]
    settings = services["clamav"]["volumes"][1]
    assert Path(settings["source"]).is_file()
    assert settings["target"] == "/etc/clamav/clamd.conf"
    assert services["worker"]["environment"]["CLAMD_URL"] == ""
    assert "clamav" not in services["worker"]["depends_on"]


def test_a_missing_secret_stops_compose(tmp_path):
    example = (ROOT / ".env.example").read_text()
    broken = tmp_path / "env"
    broken.write_text(re.sub(r"^APP_PASSWORD=.*$", "APP_PASSWORD=", example, flags=re.MULTILINE))
    tool = Path(sys.executable).with_name("docker-compose")
    checked = subprocess.run(
        [str(tool), "-f", "docker-compose.yml", "--env-file", str(broken), "config", "-q"],
        cwd=ROOT, capture_output=True, text=True, env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
    )  # fmt: skip
    assert checked.returncode != 0
    assert "APP_PASSWORD" in checked.stderr


def test_every_variable_that_settings_read_is_explained():
    read = set(re.findall(r'env\.\w+\(\s*"([A-Z0-9_]+)"', (ROOT / "aftersales" / "settings.py").read_text()))
    explained = set(re.findall(r"^#?([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), flags=re.MULTILINE))
    assert read - explained == set()


@pytest.mark.slow
def test_the_containers_init_script_makes_roles_with_passwords(tmp_path):
    """The script that the database container runs, here on an embedded server with the same PostgreSQL version."""
    from embedded.postgres import Postgres

    server = Postgres(tmp_path / "v", throwaway=True)
    server.start()
    try:
        environ = {
            "PATH": f"{server.binaries}{os.pathsep}{os.environ['PATH']}", "PGHOST": str(server.sockets),
            "ROLES_FOLDER": str(ROOT / "deploy" / "postgres"), "POSTGRES_USER": "postgres", "POSTGRES_DB": "aftersales",
            "OWNER_PASSWORD": "one", "APP_PASSWORD": "two", "BACKUP_PASSWORD": "three",
        }  # fmt: skip
        for _ in range(2):
            subprocess.run([shutil.which("sh"), "deploy/postgres/init.sh"], cwd=ROOT, env=environ, check=True)
        with psycopg.connect(host=str(server.sockets), user="postgres", dbname="aftersales") as line:
            found = line.execute(
                "SELECT rolname, rolsuper, rolcreatedb, rolbypassrls FROM pg_authid"
                " WHERE rolname LIKE 'aftersales%' AND rolpassword IS NOT NULL ORDER BY 1"
            ).fetchall()
            owner = line.execute(
                "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'aftersales'"
            ).fetchone()
    finally:
        server.stop()
    assert found == [
        ("aftersales_app", False, False, False),
        ("aftersales_backup", False, False, True),
        ("aftersales_owner", False, True, False),
    ]
    assert owner == ("aftersales_owner",)
