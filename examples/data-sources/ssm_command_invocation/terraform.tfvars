command_id = "2b9d6a3e-5c47-4d0f-a1c8-6e7f80912a3b"
