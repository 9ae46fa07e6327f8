"""What outlives a conversation: files to pass on and their check, people's word on answers, questions refused."""
