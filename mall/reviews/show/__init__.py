"""The buyer show (买家秀): columns of featured reviews, liked and collected by shoppers."""
