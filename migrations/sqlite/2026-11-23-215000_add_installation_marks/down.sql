DROP TABLE installation_marks;
