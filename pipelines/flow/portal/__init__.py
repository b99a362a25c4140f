"""What the pages ask and do beyond the commands: accounts, uploads, views of a unit and of the desk, the state of the installation."""
