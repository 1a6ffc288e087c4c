-- Once, as a superuser of PostgreSQL 14 or newer, before the first `setpoint control`:
--   psql -v ON_ERROR_STOP=1 -d postgres -f 1-database.sql
-- Then give both roles a password (psql: \password setpoint_control) or a certificate.

-- Control owns the database: it makes and migrates the tables, and writes what people decide.
create role setpoint_control login;

-- Hosts that run gateways alone read the newest rulebook, and nothing else.
create role setpoint_follower login;

create database setpoint owner setpoint_control encoding 'UTF8' template template0;

revoke all on database setpoint from public;

grant connect on database setpoint to setpoint_follower;
