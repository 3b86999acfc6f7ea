-- The three roles and what they may do. Run as a superuser on the server, as often as you like; sets no password.
--
--   aftersales_owner   owns the database, migrates it, creates test databases
--   aftersales_app     reads and writes rows; web, workers and the command line; bound by row-level security
--   aftersales_backup  reads everything past row-level security; pg_dump only
--
-- The owner's migrations grant table rights to aftersales_app (ALTER DEFAULT PRIVILEGES before the first one).

DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'aftersales_owner') THEN
        CREATE ROLE aftersales_owner;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'aftersales_app') THEN
        CREATE ROLE aftersales_app;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'aftersales_backup') THEN
        CREATE ROLE aftersales_backup;
    END IF;
END
$$;

ALTER ROLE aftersales_owner LOGIN CREATEDB NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE aftersales_app LOGIN NOCREATEDB NOSUPERUSER NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE aftersales_backup LOGIN NOCREATEDB NOSUPERUSER NOCREATEROLE NOREPLICATION BYPASSRLS;

-- Tests log in as the owner and run their bodies with SET ROLE aftersales_app.
GRANT aftersales_app TO aftersales_owner;
GRANT pg_read_all_data TO aftersales_backup;
