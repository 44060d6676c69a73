-- The history of quarantine-report in ClickHouse (18.16 or later).
--
-- The program makes its tables by itself when the user of --history may do so. Who wants to make
-- them, or has a cluster, takes one of the parts below, each statement by itself:
--
--     clickhouse-client --database=qr --multiquery < part.sql
--
-- The program needs SELECT and INSERT on these tables then, and nothing else. It refuses a profile
-- with skip_unavailable_shards=1: a report would lack what is on a server that is away.
--
-- Rows are replaced by those of a later run. Say FINAL in queries of your own, and ask for days:
--
--     SELECT identity, count() FROM qr_message FINAL
--     WHERE day >= today() - 7 GROUP BY identity ORDER BY count() DESC LIMIT 20

-- part: one server

CREATE TABLE IF NOT EXISTS qr_message (day Date, source String, host String, place String,
  epoch UInt64, uid UInt64, queue_id String, version UInt64, time DateTime('UTC'), bounce UInt8,
  rcpts UInt32, identity String, domain String, auth_user String, source_ip String, script String,
  class String, subject String, mail_from String, evidence String, rules String, rcpt String,
  message_id String, notes String, extra String)
ENGINE = ReplacingMergeTree(version) PARTITION BY toYYYYMM(day)
ORDER BY (day, host, source, place, epoch, uid, queue_id);

CREATE TABLE IF NOT EXISTS qr_coverage (source String, host String, place String, day Date,
  epoch UInt64, since UInt64, until UInt64, ahead UInt64, uid UInt64, reading UInt64,
  version UInt64)
ENGINE = ReplacingMergeTree(version) ORDER BY (source, host, place, day);

CREATE TABLE IF NOT EXISTS qr_place (source String, host String, place String, first UInt64,
  version UInt64)
ENGINE = ReplacingMergeTree(version) ORDER BY (source, host, place);

CREATE TABLE IF NOT EXISTS qr_meta (name String, value String, version UInt64)
ENGINE = ReplacingMergeTree(version) ORDER BY name;

CREATE TABLE IF NOT EXISTS qr_run (id UInt64, began UInt64, ended UInt64, program String,
  options String, rows UInt64, status UInt64, version UInt64)
ENGINE = ReplacingMergeTree(version) ORDER BY id;

-- part: shards, on each server
-- The cluster is named qr in remote_servers of the configuration.

CREATE TABLE IF NOT EXISTS qr_message_local (day Date, source String, host String, place String,
  epoch UInt64, uid UInt64, queue_id String, version UInt64, time DateTime('UTC'), bounce UInt8,
  rcpts UInt32, identity String, domain String, auth_user String, source_ip String, script String,
  class String, subject String, mail_from String, evidence String, rules String, rcpt String,
  message_id String, notes String, extra String)
ENGINE = ReplacingMergeTree(version) PARTITION BY toYYYYMM(day)
ORDER BY (day, host, source, place, epoch, uid, queue_id);

CREATE TABLE IF NOT EXISTS qr_coverage_local (source String, host String, place String, day Date,
  epoch UInt64, since UInt64, until UInt64, ahead UInt64, uid UInt64, reading UInt64,
  version UInt64)
ENGINE = ReplacingMergeTree(version) ORDER BY (source, host, place, day);

CREATE TABLE IF NOT EXISTS qr_place_local (source String, host String, place String, first UInt64,
  version UInt64)
ENGINE = ReplacingMergeTree(version) ORDER BY (source, host, place);

CREATE TABLE IF NOT EXISTS qr_meta_local (name String, value String, version UInt64)
ENGINE = ReplacingMergeTree(version) ORDER BY name;

CREATE TABLE IF NOT EXISTS qr_run_local (id UInt64, began UInt64, ended UInt64, program String,
  options String, rows UInt64, status UInt64, version UInt64)
ENGINE = ReplacingMergeTree(version) ORDER BY id;

-- part: shards with replicas, on each server
-- Instead of the part above; shard and replica are macros of each server's configuration, and each
-- shard of the cluster has internal_replication, since the replicas hand on the rows by themselves.
--
-- A row that was taken is on one replica at first. The program asks the server that it speaks to
-- whether it is behind the others, and makes no report then; of replicas that are asked for other
-- shards it cannot know. With insert_quorum=2 in the profile of the user who writes, rows count as
-- taken when two replicas have them; while only one is there, they wait in the program's file.

CREATE TABLE IF NOT EXISTS qr_message_local (day Date, source String, host String, place String,
  epoch UInt64, uid UInt64, queue_id String, version UInt64, time DateTime('UTC'), bounce UInt8,
  rcpts UInt32, identity String, domain String, auth_user String, source_ip String, script String,
  class String, subject String, mail_from String, evidence String, rules String, rcpt String,
  message_id String, notes String, extra String)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/qr_message', '{replica}', version)
PARTITION BY toYYYYMM(day) ORDER BY (day, host, source, place, epoch, uid, queue_id);

CREATE TABLE IF NOT EXISTS qr_coverage_local (source String, host String, place String, day Date,
  epoch UInt64, since UInt64, until UInt64, ahead UInt64, uid UInt64, reading UInt64,
  version UInt64)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/qr_coverage', '{replica}', version)
ORDER BY (source, host, place, day);

CREATE TABLE IF NOT EXISTS qr_place_local (source String, host String, place String, first UInt64,
  version UInt64)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/qr_place', '{replica}', version)
ORDER BY (source, host, place);

CREATE TABLE IF NOT EXISTS qr_meta_local (name String, value String, version UInt64)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/qr_meta', '{replica}', version)
ORDER BY name;

CREATE TABLE IF NOT EXISTS qr_run_local (id UInt64, began UInt64, ended UInt64, program String,
  options String, rows UInt64, status UInt64, version UInt64)
ENGINE = ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/qr_run', '{replica}', version)
ORDER BY id;

-- part: cluster, on each server that the program may speak to
-- Behind one of the two parts before. All rows of a key are on one shard, so that FINAL is right.

CREATE TABLE IF NOT EXISTS qr_message AS qr_message_local
ENGINE = Distributed(qr, currentDatabase(), qr_message_local,
  cityHash64(day, host, source, place, epoch, uid, queue_id));

CREATE TABLE IF NOT EXISTS qr_coverage AS qr_coverage_local
ENGINE = Distributed(qr, currentDatabase(), qr_coverage_local,
  cityHash64(source, host, place, day));

CREATE TABLE IF NOT EXISTS qr_place AS qr_place_local
ENGINE = Distributed(qr, currentDatabase(), qr_place_local, cityHash64(source, host, place));

CREATE TABLE IF NOT EXISTS qr_meta AS qr_meta_local
ENGINE = Distributed(qr, currentDatabase(), qr_meta_local, cityHash64(name));

CREATE TABLE IF NOT EXISTS qr_run AS qr_run_local
ENGINE = Distributed(qr, currentDatabase(), qr_run_local, cityHash64(id));

-- part: retention
-- Whole months, on each server; on one server the tables have no _local. What is known of the days
-- goes first, so that a report names them as missing instead of showing nothing.

ALTER TABLE qr_coverage_local DELETE WHERE day < toDate('2025-10-01');

ALTER TABLE qr_message_local DROP PARTITION 202509;

-- part: erasure
-- What one person is entitled to have erased, on each server; system.mutations says when it is done.
-- The address is in small letters here. quarantine-report history erase does this, and searches for
-- what is left, where the tables are on one server.

ALTER TABLE qr_message_local DELETE WHERE lower(identity) = 'user@example.com'
  OR match(replaceAll(lower(rcpt), '"', ''),
    '(^|[^a-z0-9._+-])user@example\\.com($|[^a-z0-9.-])');
