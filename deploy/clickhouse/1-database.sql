-- The database, on every node.
-- Written by `setpoint ledger ddl`; do not edit.

CREATE DATABASE IF NOT EXISTS setpoint ON CLUSTER 'setpoint';
