"""The operator's command `bin/piratechat`, one module for each topic."""
