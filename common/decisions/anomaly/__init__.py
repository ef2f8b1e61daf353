"""Is something wrong with what is seen right now?"""
