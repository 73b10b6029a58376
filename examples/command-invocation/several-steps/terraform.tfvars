command_id = "7f2c50c4-ae6d-4148-8f93-d5e7092b3f45"
