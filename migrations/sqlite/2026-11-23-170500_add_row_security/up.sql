-- SQLite knows no row security: whoever opens the file has every row. Between hospitals stand
-- the predicates of the queries and the composite foreign keys, and the tests R46 and R50.
-- The folder is here because both databases have the same migrations; it changes nothing.
SELECT 1;
