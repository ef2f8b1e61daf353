# What staging is: the same, kept for days and not for months, and torn down with its data.
environment       = "staging"
objects_retention = { days = 1, locked = false }
backups           = { days = 7, weeks = 1 }
max_instances     = 5
traced_share      = 1
keep_data         = false
