command_id = "6e1b4fb3-9d5c-4037-be82-c4d6f81a2e34"
