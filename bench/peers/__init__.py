"""The same job as Upwell's, as good engineers would write it by other means; see job.py for what the job is."""
