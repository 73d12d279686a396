import os
import shutil
import signal
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from asm.errors import ConfigurationError
from local.machine import processes
from local.postgres.cluster import stop_server
from local.postgres.installation import PostgresInstallation, find_installation
from tests.local.conftest import ClusterMaker


def test_data_is_kept_between_runs(clusters: ClusterMaker) -> None:
    cluster = clusters.make()
    first = clusters.start(cluster)
    cluster.create_database("asm")
    cluster.create_database("asm")
    cluster.query("CREATE TABLE kept AS SELECT 'phường' AS word", dbname="asm")
    assert stop_server(first)

    assert cluster.create() is False
    clusters.start(cluster)
    assert cluster.query("SELECT upper(word) FROM kept", dbname="asm") == "PHƯỜNG"
    awkward = "it's \\n a \\ :word,\nphường"
    assert cluster.query("SELECT :'word'", word=awkward) == awkward


def test_it_is_durable_private_and_has_postgis(clusters: ClusterMaker) -> None:
    cluster = clusters.make()
    server = clusters.start(cluster)
    shown = cluster.query(
        "SELECT string_agg(name || '=' || setting, ' ' ORDER BY name) FROM pg_settings"
        " WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums',"
        " 'TimeZone')"
    )
    assert (
        shown == "TimeZone=UTC data_checksums=on fsync=on full_page_writes=on synchronous_commit=on"
    )
    assert cluster.query("CREATE EXTENSION postgis; SELECT ST_X(ST_Point(105.8, 21.0))") == "105.8"
    listening = [
        connection.laddr
        for connection in psutil.Process(server.pid).net_connections("all")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening == [("127.0.0.1", cluster.port)]
    assert psutil.Process(server.pid).uids().real != 0


def test_a_wrong_password_is_refused(clusters: ClusterMaker) -> None:
    cluster = clusters.make()
    clusters.start(cluster)
    with pytest.raises(ConfigurationError, match="password authentication failed"):
        replace(cluster, password="guess").query("SELECT 1")


def test_the_log_quotes_no_value(clusters: ClusterMaker) -> None:
    cluster = clusters.make()
    clusters.start(cluster)
    cluster.query("CREATE TABLE guest (number text PRIMARY KEY, age int CHECK (age > 0))")
    cluster.query("INSERT INTO guest VALUES ('001099012345', 3)")
    for insert in (
        "INSERT INTO guest VALUES ('001099012345', 3)",  # a duplicate
        "INSERT INTO guest VALUES ('001099012345', -3)",  # a row that a check refuses
    ):
        with pytest.raises(ConfigurationError):
            cluster.query(insert)
    log = cluster.log.read_text()
    assert "duplicate key value" in log
    assert "check constraint" in log
    assert "001099012345" not in log


@pytest.mark.parametrize(("known", "used"), [(True, "lz4"), (False, "pglz")])
def test_the_log_is_compressed_as_this_build_can(
    *, known: bool, used: str, clusters: ClusterMaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not known:
        monkeypatch.setattr(PostgresInstallation, "takes", lambda *_: False)
    cluster = clusters.make()
    clusters.start(cluster)
    assert cluster.query("SHOW wal_compression") == used


@pytest.mark.parametrize(("value", "taken"), [("on", True), ("made-up", False)])
def test_a_build_is_asked_what_it_takes(*, value: str, taken: bool) -> None:
    installation = find_installation()
    assert installation is not None
    assert installation.takes("wal_compression", value) is taken


def test_a_killed_server_comes_back_with_what_was_committed(clusters: ClusterMaker) -> None:
    cluster = clusters.make()
    server = clusters.start(cluster)
    cluster.query("CREATE TABLE kept AS SELECT 1 AS one")
    os.kill(server.pid, signal.SIGKILL)
    assert (cluster.data / "postmaster.pid").exists()

    clusters.start(cluster)
    assert cluster.query("SELECT one FROM kept") == "1"


def test_a_stale_lock_with_a_reused_id_hurts_nobody(clusters: ClusterMaker, tmp_path: Path) -> None:
    cluster = clusters.make()
    stop_server(clusters.start(cluster))
    bystander = processes.spawn(
        "bystander", ["sleep", "60"], log=tmp_path / "log", user=cluster.owner
    )
    try:
        lock = cluster.data / "postmaster.pid"
        lock.write_text(f"{bystander.pid}\n{cluster.data}\n{int(time.time())}\n{cluster.port}\n")
        clusters.start(cluster)
        assert processes.is_running(bystander)
    finally:
        processes.stop(bystander)


def test_a_server_that_outlived_its_starter_is_replaced(clusters: ClusterMaker) -> None:
    cluster = clusters.make()
    forgotten = clusters.start(cluster)
    again = clusters.start(cluster)
    assert not processes.is_running(forgotten)
    assert processes.is_running(again)
    assert cluster.query("SELECT 1") == "1"


def test_a_half_made_cluster_is_made_again(clusters: ClusterMaker) -> None:
    cluster = clusters.make()
    (cluster.folder / "data.new").mkdir()
    (cluster.folder / "data.new" / "PG_VERSION").write_text("15\n")
    assert cluster.create(sync=False) is True


def test_data_of_another_version_is_refused_with_advice(clusters: ClusterMaker) -> None:
    cluster = clusters.make()
    cluster.create(sync=False)
    (cluster.data / "PG_VERSION").write_text("99\n")
    with pytest.raises(ConfigurationError, match="made by PostgreSQL 99"):
        cluster.launch()


def test_a_taken_port_is_explained_by_the_log(clusters: ClusterMaker) -> None:
    first = clusters.make("first")
    clusters.start(first)
    second = replace(clusters.make("second"), port=first.port)
    with pytest.raises(ConfigurationError, match=r"(?s)PostgreSQL stopped.*Address already in use"):
        clusters.start(second)


def test_a_folder_without_postgis_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = find_installation()
    assert real is not None
    for name in ("postgres", "initdb", "psql"):
        script = tmp_path / name
        script.write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 14.2'\n")
        script.chmod(0o755)
    monkeypatch.setenv("ASM_PG_BINDIR", str(tmp_path))
    assert find_installation() is None, "14 is too old"
    (tmp_path / "postgres").write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 98.1'\n")
    assert find_installation() is None, "98 has no PostGIS here"
    shutil.copytree(tmp_path, tmp_path / "pg" / "bin", ignore=shutil.ignore_patterns("pg"))
    extension = tmp_path / "pg" / "share" / "extension"
    extension.mkdir(parents=True)
    (extension / "postgis.control").touch()
    monkeypatch.setenv("ASM_PG_BINDIR", str(tmp_path / "pg" / "bin"))
    installation = find_installation()
    assert installation is not None
    assert installation.major == 98
