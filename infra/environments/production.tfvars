# What production is. `make deploy` gives the project and the region; what is about people and places is yours to add:
# pages, operators, alert_emails (variables_people.tf).
environment       = "production"
objects_retention = { days = 400, locked = false }
backups           = { days = 7, weeks = 4 }
traced_share      = 0.01
max_instances     = 20 # of each function: what a new project's quota of CPUs allows; docs/scale.md says what many tenants need
