-- Says that the tables are those of this version; Setpoint refuses others. Run it last. Running it again changes nothing.
-- Written by `setpoint ledger ddl`; do not edit.

INSERT INTO setpoint.schema_version SELECT 3, 'cluster', now64(3, 'UTC') FROM (SELECT count() AS there FROM setpoint.schema_version WHERE version = 3) WHERE there = 0;
