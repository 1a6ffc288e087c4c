-- Small tables that are the same on every node: postings, locked months, rebuilds of the roll-up, the version.
-- Written by `setpoint ledger ddl`; do not edit.

CREATE TABLE IF NOT EXISTS setpoint.schema_version ON CLUSTER 'setpoint' (version UInt32, rollup String, applied_at DateTime64(3, 'UTC')) ENGINE = ReplicatedMergeTree('/clickhouse/tables/all/setpoint/schema_version', '{shard}-{replica}') ORDER BY applied_at SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS setpoint.rebuilds ON CLUSTER 'setpoint' (journal String, through UInt64, rebuilt_at DateTime64(3, 'UTC')) ENGINE = ReplicatedMergeTree('/clickhouse/tables/all/setpoint/rebuilds', '{shard}-{replica}') ORDER BY journal SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS setpoint.postings ON CLUSTER 'setpoint' (journal String, sha256 String, lines UInt64, whole Bool, at DateTime64(3, 'UTC')) ENGINE = ReplicatedMergeTree('/clickhouse/tables/all/setpoint/postings', '{shard}-{replica}') ORDER BY (journal, whole) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS setpoint.locked_months ON CLUSTER 'setpoint' (month String, sums String, at DateTime64(3, 'UTC')) ENGINE = ReplicatedMergeTree('/clickhouse/tables/all/setpoint/locked_months', '{shard}-{replica}') ORDER BY month SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS setpoint.drains ON CLUSTER 'setpoint' (host String, complete_until DateTime64(3, 'UTC'), backlog UInt64, trouble String, at DateTime64(3, 'UTC')) ENGINE = ReplicatedMergeTree('/clickhouse/tables/all/setpoint/drains', '{shard}-{replica}') ORDER BY (host, at) TTL toDateTime(at) + INTERVAL 7 DAY SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS setpoint.locked_journals ON CLUSTER 'setpoint' (month String, journal String, through UInt64) ENGINE = ReplicatedMergeTree('/clickhouse/tables/all/setpoint/locked_journals', '{shard}-{replica}') ORDER BY (month, journal) SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1;
