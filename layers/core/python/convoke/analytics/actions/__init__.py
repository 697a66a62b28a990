"""What schedules and people ask of analytics; import the module that is meant."""
