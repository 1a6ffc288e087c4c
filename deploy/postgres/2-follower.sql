-- Once, as setpoint_control in the database setpoint, after the first `setpoint control` has made the tables:
--   psql -v ON_ERROR_STOP=1 -U setpoint_control -d setpoint -f 2-follower.sql

-- Neither keys, nor prices, nor the audit chain: a gateway host needs none of them.
grant select on rulebooks to setpoint_follower;
