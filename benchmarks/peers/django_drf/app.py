"""The endpoint as the tutorials of Django and Django REST framework write it, in one module:
models, serializers, an APIView, one atomic block.

It checks no sign-in, seals nothing, signs nothing and keeps no key for resends.
"""

import os
import uuid
from typing import Any

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="benchmark",  # noqa: S106 -- signs nothing here
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    INSTALLED_APPS=["rest_framework"],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
        "UNAUTHENTICATED_USER": None,
    },
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "HOST": "127.0.0.1",
            "PORT": os.environ["PEER_PORT"],
            "NAME": os.environ["PEER_DATABASE"],
            "USER": os.environ["PEER_USER"],
            "PASSWORD": os.environ["PEER_PASSWORD"],
            "CONN_MAX_AGE": None,
        }
    },
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402 -- Django is set up first
from django.db import models, transaction  # noqa: E402
from django.http import HttpRequest, JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402
from django.utils import timezone  # noqa: E402
from rest_framework import serializers  # noqa: E402
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402


class Stay(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    facility_id = models.UUIDField()
    full_name = models.TextField()
    birth_date = models.DateField()
    sex = models.TextField()
    document_type = models.IntegerField()
    document_number = models.TextField()
    residence_kind = models.IntegerField()
    residence_province = models.TextField()
    arrived_at = models.DateTimeField()
    planned_departure_at = models.DateTimeField()
    room = models.TextField()
    reason = models.IntegerField()
    received_at = models.DateTimeField()

    class Meta:
        app_label = "peer"
        db_table = "stay"
        managed = False


class AuditEntry(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    stay = models.ForeignKey(Stay, on_delete=models.CASCADE)
    at = models.DateTimeField()
    action = models.TextField()
    details = models.JSONField()

    class Meta:
        app_label = "peer"
        db_table = "audit_entry"
        managed = False


class OutboxRow(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    topic = models.TextField()
    payload = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        app_label = "peer"
        db_table = "outbox"
        managed = False


class GuestSerializer(serializers.Serializer):
    full_name = serializers.CharField(max_length=200)
    birth_date = serializers.DateField()
    sex = serializers.CharField()
    document_type = serializers.IntegerField(min_value=1, max_value=9)
    document_number = serializers.CharField(min_length=5, max_length=20)
    residence_kind = serializers.IntegerField()
    residence_province = serializers.CharField()


class DeclarationSerializer(serializers.Serializer):
    arrived_at = serializers.DateTimeField()
    planned_departure_at = serializers.DateTimeField()
    room = serializers.CharField()
    reason = serializers.IntegerField()
    guests = GuestSerializer(many=True, min_length=1, max_length=100)


class ReceivedSerializer(serializers.ModelSerializer):
    class Meta:
        model = Stay
        fields = ("id", "received_at")


class Declare(APIView):
    def post(self, request: Request, facility_id: uuid.UUID) -> Response:
        serializer = DeclarationSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        declared: dict[str, Any] = dict(serializer.validated_data)
        guests, now = declared.pop("guests"), timezone.now()
        stays = []
        with transaction.atomic():
            for guest in guests:
                stay = Stay.objects.create(
                    facility_id=facility_id, received_at=now, **declared, **guest
                )
                AuditEntry.objects.create(
                    stay=stay, at=now, action="declared", details={"via": "api"}
                )
                payload = {"stay_id": str(stay.id), "version": 1}
                OutboxRow.objects.create(topic="stay.changed", payload=payload, created_at=now)
                stays.append(stay)
        return Response(ReceivedSerializer(stays, many=True).data, status=201)


def live(_: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


urlpatterns = [
    path("api/v1/facilities/<uuid:facility_id>/stays", Declare.as_view()),
    path("health/live", live),
]
application = get_wsgi_application()
