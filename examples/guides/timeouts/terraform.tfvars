backup_command_id  = "b1f0c3d2-4a57-4e89-9b6c-0d1e2f3a4b51"
reindex_command_id = "c2a1d4e3-5b68-4f9a-8c7d-1e2f3a4b5c62"
