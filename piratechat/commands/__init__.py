"""What whoever runs the chat can do beside the server: `bin/piratechat`, one module for each subject."""
