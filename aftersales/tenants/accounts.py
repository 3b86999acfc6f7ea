from allauth.account.adapter import DefaultAccountAdapter


class ClosedSignup(DefaultAccountAdapter):
    """Nobody signs up in public: people come by invitation (`manage.py create_organization`, or a member's)."""

    def is_open_for_signup(self, request):
        return False
