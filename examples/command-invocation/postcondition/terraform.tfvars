command_id = "4c8f2d91-7b3a-4e15-9c60-a2b4d6f80c12"
