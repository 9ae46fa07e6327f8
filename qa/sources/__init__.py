"""What several sources say of one matter, and who speaks in them: copies, speakers, answers that agree or differ."""
