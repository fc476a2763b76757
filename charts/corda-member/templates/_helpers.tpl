{{- define "corda-member.consortium" -}}
{{ required "consortium.name: give the Consortium's name" .Values.consortium.name }}
{{- end }}

{{- define "corda-member.metadata" -}}
namespace: {{ .Release.Namespace }}
{{- $own := dict "app.kubernetes.io/part-of" "corda" "app.kubernetes.io/instance" .Release.Name }}
{{- $_ := set $own "app.kubernetes.io/managed-by" .Release.Service }}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version) }}
labels: {{- merge $own .Values.labels | toYaml | nindent 2 }}
{{- with .Values.annotations }}
annotations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
