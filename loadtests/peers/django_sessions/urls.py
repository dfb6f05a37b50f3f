import views
from django.urls import path

urlpatterns = [
    path("healthz", views.healthz),
    path("login", views.log_in),
    path("logout", views.log_out),
    path("session", views.show),
    path("increment", views.increment),
    path("append", views.append),
]
