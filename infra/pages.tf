# The way to the approval pages: an HTTPS load balancer at which Identity-Aware Proxy signs people in. Cloud Run has a
# proxy of its own, but the service under a function is Cloud Functions' to change, and the next deployment takes it off.
locals {
  with_pages = var.pages == null ? toset([]) : toset(["approval"])

  # What the proxy says whom it vouches to; the function takes no other.
  iap_audience = var.pages == null ? "" : "/projects/${local.project_number}/global/backendServices/${google_compute_backend_service.pages["approval"].generated_id}"
}

resource "google_compute_global_address" "pages" {
  for_each = local.with_pages

  name = "trimtab-pages"

  depends_on = [time_sleep.apis]
}

# By its name: the function is told the proxy's audience, so it comes after this.
resource "google_compute_region_network_endpoint_group" "pages" {
  for_each = local.with_pages

  name                  = "trimtab-pages"
  region                = var.region
  network_endpoint_type = "SERVERLESS"

  cloud_run {
    service = local.function_names[each.key]
  }

  depends_on = [time_sleep.apis]
}

# The client's secret is a person's to put in; it passes through, and is in no state.
ephemeral "google_secret_manager_secret_version" "iap_client" {
  for_each = try(var.pages.oauth_client, null) == null ? toset([]) : toset(["approval"])
  provider = google.passing

  secret = "trimtab-iap-client"
}

resource "google_compute_backend_service" "pages" {
  for_each = local.with_pages

  name                  = "trimtab-pages"
  protocol              = "HTTPS"
  load_balancing_scheme = "EXTERNAL_MANAGED"

  backend {
    group = google_compute_region_network_endpoint_group.pages[each.key].id
  }

  iap {
    enabled                 = true
    oauth2_client_id        = var.pages.oauth_client
    oauth2_client_secret_wo = try(ephemeral.google_secret_manager_secret_version.iap_client[each.key].secret_data, null)
  }

  log_config {
    enable      = true
    sample_rate = 1
  }
}

resource "google_iap_web_backend_service_iam_member" "people" {
  for_each = var.pages == null ? toset([]) : var.pages.people

  web_backend_service = google_compute_backend_service.pages["approval"].name
  role                = "roles/iap.httpsResourceAccessor"
  member              = each.key
}

resource "google_compute_managed_ssl_certificate" "pages" {
  for_each = local.with_pages

  name = "trimtab-${replace(var.pages.domain, ".", "-")}"

  managed {
    domains = [var.pages.domain]
  }

  # Another domain needs another certificate before the old one goes.
  lifecycle {
    create_before_destroy = true
  }

  depends_on = [time_sleep.apis]
}

resource "google_compute_ssl_policy" "pages" {
  for_each = local.with_pages

  name            = "trimtab-pages"
  profile         = "RESTRICTED"
  min_tls_version = "TLS_1_2"

  depends_on = [time_sleep.apis]
}

resource "google_compute_url_map" "pages" {
  for_each = local.with_pages

  name            = "trimtab-pages"
  default_service = google_compute_backend_service.pages[each.key].id
}

resource "google_compute_target_https_proxy" "pages" {
  for_each = local.with_pages

  name             = "trimtab-pages"
  url_map          = google_compute_url_map.pages[each.key].id
  ssl_certificates = [google_compute_managed_ssl_certificate.pages[each.key].id]
  ssl_policy       = google_compute_ssl_policy.pages[each.key].id
}

# HTTPS alone: a browser that is told http:// gets no answer, and no cookie travels in the open.
resource "google_compute_global_forwarding_rule" "pages" {
  for_each = local.with_pages

  name                  = "trimtab-pages"
  target                = google_compute_target_https_proxy.pages[each.key].id
  ip_address            = google_compute_global_address.pages[each.key].id
  port_range            = "443"
  load_balancing_scheme = "EXTERNAL_MANAGED"
}
