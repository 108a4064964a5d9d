"""What is measured, how a rate is told, and which cells stay hidden; pure rules."""
