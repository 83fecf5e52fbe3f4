"""Files to records and back, one file per dataset format."""
