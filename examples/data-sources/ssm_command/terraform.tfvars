command_id = "b1f0c9d2-3e4a-4b5c-8d6e-7f8091a2b3c4"
