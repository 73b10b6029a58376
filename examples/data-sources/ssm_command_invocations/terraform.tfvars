command_id = "c2a1dae3-4f5b-4c6d-9e7f-8091a2b3c4d5"
