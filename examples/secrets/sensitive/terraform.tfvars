command_id = "8153a0cf-6479-4fbd-8c80-c3745df6091a"
