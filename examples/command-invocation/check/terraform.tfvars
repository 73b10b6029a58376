command_id = "5d0a3ea2-8c4b-4f26-ad71-b3c5e7091d23"
