{{- define "corda-operator.selector" -}}
app.kubernetes.io/name: corda-operator
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "corda-operator.labels" -}}
{{- $own := include "corda-operator.selector" . | fromYaml }}
{{- $_ := set $own "app.kubernetes.io/version" .Chart.AppVersion }}
{{- $_ := set $own "app.kubernetes.io/part-of" "corda" }}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version) }}
{{- /* Not corda-operator, by which the operator finds what it has made itself. */}}
{{- $_ := set $own "app.kubernetes.io/managed-by" .Release.Service }}
{{- /* Selectors can't change, so the chart's own labels come first. */}}
{{- toYaml (merge $own .Values.commonLabels) }}
{{- end }}

{{- /* The subject of a binding. */}}
{{- define "corda-operator.subjects" -}}
- kind: ServiceAccount
  name: {{ .Release.Name }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{- /* A rule of a NetworkPolicy, given TCP ports and CIDRs; no CIDRs: anywhere. */}}
{{- define "corda-operator.flow" -}}
ports:
  {{- range .ports }}
  - {port: {{ . }}, protocol: TCP}
  {{- end }}
{{- with .cidrs }}
to:
  {{- range . }}
  - ipBlock: {cidr: {{ . | quote }}}
  {{- end }}
{{- end }}
{{- end }}

{{- /* The TCP port of a URL. */}}
{{- define "corda-operator.port" -}}
{{- $port := regexFind ":[0-9]+$" (urlParse .).host | trimPrefix ":" -}}
{{- $port | default (hasPrefix "https:" . | ternary "443" "80") -}}
{{- end }}
