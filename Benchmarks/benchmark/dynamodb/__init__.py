"""What an operation costs on DynamoDB: round trips, requests, read and write units, counted at an emulator's door."""
