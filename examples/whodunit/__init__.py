"""Which of some thousand messages has made the state wrong?"""
