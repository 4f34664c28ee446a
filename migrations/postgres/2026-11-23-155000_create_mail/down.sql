DROP TABLE mails;
DROP TABLE account_codes;
