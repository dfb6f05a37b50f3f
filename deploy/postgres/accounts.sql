-- The auth service's own role: owner of its database, and nothing else.
\set password `cat /run/holdfast/accounts`
CREATE ROLE holdfast LOGIN PASSWORD :'password';
CREATE DATABASE holdfast OWNER holdfast;
REVOKE ALL ON DATABASE holdfast FROM PUBLIC;
